"""Masks in the field's file formats, and back; every format is read by a library of its own."""
