from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "huikuan.books"
    label = "books"
