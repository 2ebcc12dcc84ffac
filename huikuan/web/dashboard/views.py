from django.shortcuts import render

from huikuan.web.pages import page


@page("dashboard.read")
def dashboard(request, work):
    return render(request, "shell.html")
