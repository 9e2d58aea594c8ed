"""Fix encoding: bytes → text down a ladder of tests (`decoding`), and text whose letters were misread (`repairing`)."""
