output "arn" {
  value = aws_lambda_function.this.arn
}

output "invoke_arn" {
  value = aws_lambda_function.this.invoke_arn
}

output "name" {
  value = aws_lambda_function.this.function_name
}

output "role" {
  description = "The name of its role."
  value       = aws_iam_role.this.name
}

output "memory_mb" {
  value = aws_lambda_function.this.memory_size
}

output "log_group" {
  value = aws_cloudwatch_log_group.this.name
}
