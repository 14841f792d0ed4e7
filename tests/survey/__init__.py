"""The survey: how accurate the softmax functions are that people use."""
