"""Addresses of provisions and bad debts."""

from __future__ import annotations

from django.urls import path

from huikuan.web.risk import (
    assessments,
    backtests,
    bad_debts,
    forecast,
    forecast_files,
    forecast_week,
    payment_models,
    prediction_uses,
    provisions,
    rates,
    stress,
)

urlpatterns = [
    path("forecast/", forecast.forecast, name="cash-forecast"),
    path("forecast/file.<slug:form>", forecast_files.forecast_file, name="cash-forecast-file"),
    path("forecast/<str:week>/", forecast_week.forecast_week, name="cash-forecast-week"),
    path("payment-model/", payment_models.payment_model, name="payment-model"),
    path("payment-model/uses/", prediction_uses.prediction_uses, name="prediction-uses"),
    path("payment-model/train/", payment_models.payment_model_train, name="payment-model-train"),
    path("payment-model/backtest/", backtests.payment_backtest, name="payment-model-backtest"),
    path("payment-model/backtest/run/", backtests.payment_backtest_run, name="payment-model-backtest-run"),
    path("payment-model/<uuid:key>/use/", payment_models.payment_model_use, name="payment-model-use"),
    path("stress/", stress.stress, name="stress"),
    path("stress/file.<slug:form>", stress.stress_file, name="stress-file"),
    path("provisions/", provisions.provisions, name="provisions"),
    path("provisions/post/", provisions.provision_post, name="provision-post"),
    path("provisions/file.<slug:form>", provisions.provision_file, name="provision-file"),
    path("provisions/by-model/", provisions.provision_by_model, name="provision-by-model"),
    path("provisions/rates/", rates.rates, name="provision-rates"),
    path("provisions/customers/", assessments.assessments, name="assessments"),
    path("provisions/customers/new/", assessments.assessment_add, name="assessment-add"),
    path("provisions/customers/<uuid:key>/end/", assessments.assessment_end, name="assessment-end"),
    path("provisions/<uuid:key>/", provisions.provision, name="provision"),
    path("provisions/<uuid:key>/workpaper.xlsx", provisions.provision_workpaper, name="provision-workpaper"),
    path("bad-debts/", bad_debts.register, name="bad-debts"),
    path("bad-debts/<uuid:key>/", bad_debts.bad_debt, name="bad-debt"),
    path("bad-debts/<uuid:key>/recover/", bad_debts.bad_debt_recover, name="bad-debt-recover"),
]
