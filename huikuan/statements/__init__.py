"""对账: statements of account sent to customers, what they answer, and their list compared with ours."""
