"""Objects that wait at gateways which tell us nothing for certain: asked about until they are decided."""
