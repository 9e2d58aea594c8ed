"""Fix encoding: turn bytes into text by a series of tests (`decoding`), and repair misread letters (`text_repair`)."""
