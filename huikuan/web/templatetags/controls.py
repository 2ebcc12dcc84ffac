"""`{% control field %}`: a form field's input with the classes of the design system."""

from django import template
from django.forms import BoundField, widgets
from django.utils.safestring import SafeString

register = template.Library()


def control_class(widget: widgets.Widget) -> str:
    """The class that makes a Django widget look like the design system's control."""
    if isinstance(widget, widgets.CheckboxInput | widgets.CheckboxSelectMultiple | widgets.RadioSelect):
        return ""
    if isinstance(widget, widgets.Select):
        return "form-select"
    if isinstance(widget, widgets.NumberInput) and widget.input_type == "range":
        return "form-range"
    return "form-control"


@register.simple_tag
def control(field: BoundField, css: str = "", **attributes: str) -> SafeString:
    """Render the input of `field`; keyword arguments become attributes (underscores become hyphens).

    Django adds aria-describedby and aria-invalid by itself.
    """
    widget = field.field.widget
    classes = [widget.attrs.get("class", ""), control_class(widget), css]
    if field.errors:
        classes.append("is-invalid")
    attrs: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attributes.items()}
    attrs["class"] = " ".join(part for part in classes if part)
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one box to tick, whose label follows it."""
    return isinstance(field.field.widget, widgets.CheckboxInput)


@register.filter
def is_choice_group(field: BoundField) -> bool:
    """Whether the field is a group of radio buttons or boxes, which needs a legend instead of a label."""
    return isinstance(field.field.widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)


@register.filter
def is_slider(field: BoundField) -> bool:
    """Whether the field is dragged, so that its number has to be shown beside it."""
    return getattr(field.field.widget, "input_type", "") == "range"
