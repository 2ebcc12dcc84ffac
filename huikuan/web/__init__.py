"""The pages: views, templates and static files. Nothing is decided here; views call operations and queries."""
