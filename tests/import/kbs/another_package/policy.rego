package allowed

default allow = true
