"""The boards of the office as pages of Markdown, with pictures where people would rather look."""
