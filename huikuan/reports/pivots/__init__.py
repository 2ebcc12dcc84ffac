"""自定义透视表: chosen measures by chosen dimensions, as one report of the catalogue; saved ones are reports too."""
