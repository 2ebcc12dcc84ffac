from huikuan.web.pages import page
from django.shortcuts import render
@page("dashboard.read")
def dashboard(request, work):
    return render(request, "shell.html")
