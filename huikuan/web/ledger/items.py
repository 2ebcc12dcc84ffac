from huikuan.web.pages import page
from django.shortcuts import render
@page("ledger.read")
def items(request, work):
    return render(request, "shell.html")
