"""The one question the operator asks: what is wrong with this configuration? (Filled by the config package's owner.)"""
