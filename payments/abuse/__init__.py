"""Card testing on the public checkout: who tries too often is challenged, then blocked."""
