"""A real model server in the tests: llama.cpp with a tiny model of the gpt-oss architecture, trained on our own tools."""
