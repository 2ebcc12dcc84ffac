from django.shortcuts import render

from huikuan.web.pages import page


@page("report.read")
def aging(request, work):
    return render(request, "shell.html")


@page("report.read")
def aging_file(request, work, form):
    return render(request, "shell.html")
