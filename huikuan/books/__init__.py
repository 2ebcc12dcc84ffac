"""The books as an accountant keeps them: vouchers, periods, trial balance and statements."""
