from django.urls import path

from huikuan.web.workbench import acts, advices, by_hand, page, policies, recorded

urlpatterns = [
    path("bank/workbench/", page.workbench, name="workbench"),
    path("bank/workbench/policy/", policies.policy, name="match-policy"),
    path("bank/workbench/quality/", policies.quality, name="match-quality"),
    path("bank/advices/", advices.advices, name="advices"),
    path("bank/advices/new/", advices.advice_new, name="advice-new"),
    path("bank/workbench/match/", acts.match, name="workbench-match"),
    path("bank/workbench/undo/", acts.undo, name="workbench-undo"),
    path("bank/workbench/<uuid:key>/accept/", acts.accept, name="workbench-accept"),
    path("bank/workbench/<uuid:key>/by-hand/", by_hand.by_hand, name="workbench-hand"),
    path("bank/workbench/<uuid:key>/recorded/", recorded.recorded, name="workbench-recorded"),
    path("bank/workbench/<uuid:key>/leave-out/", acts.leave, name="workbench-leave-out"),
    path("bank/workbench/<uuid:key>/book/", acts.book, name="workbench-book"),
    path("bank/workbench/<uuid:key>/pool/", acts.pool, name="workbench-pool"),
    path("bank/workbench/<uuid:key>/ask/", acts.ask, name="workbench-ask"),
    path("bank/workbench/<uuid:key>/propose/", acts.propose, name="workbench-propose"),
]
