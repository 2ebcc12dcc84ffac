"""现金预测: what will come in, from open items, orders and billing plans; what was promised; what came of earlier forecasts."""
