from django.shortcuts import render

from huikuan.web.pages import page


@page("ledger.read")
def items(request, work):
    return render(request, "shell.html")
