"""A merchant's goods as a table that people edit: CSV and XLSX, out and in again."""
