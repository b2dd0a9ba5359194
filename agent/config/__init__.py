"""Settings: what they are, where they come from, and what is wrong with them."""

from agent.config.load import Loaded, load_settings
from agent.config.origin import Layer, Origin
from agent.config.settings import Settings
from agent.config.show import config_json, config_rows, config_table

__all__ = ["Layer", "Loaded", "Origin", "Settings", "config_json", "config_rows", "config_table", "load_settings"]
