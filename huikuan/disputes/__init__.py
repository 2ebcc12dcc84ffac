"""争议: what customers object to, per open item, with a reason, somebody who owns it, and a deadline."""
