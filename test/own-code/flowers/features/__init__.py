from flowers.features.ratios import Ratios

__all__ = ["Ratios"]
