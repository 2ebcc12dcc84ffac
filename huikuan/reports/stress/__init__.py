"""压力测试: what becomes of cash, overdue, provision and limits if some pay later or not at all."""
