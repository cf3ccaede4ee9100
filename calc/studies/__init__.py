"""Questions asked of evaluations: compare, why, explain, parity, power, claims."""
