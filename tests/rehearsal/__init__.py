"""The deployment, rehearsed: the same Terraform and the same code, against an emulator of AWS."""
