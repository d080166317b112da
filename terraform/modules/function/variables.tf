variable "name" {
  description = "The function's name, and its role's and log group's."
  type        = string
}

variable "description" {
  description = "What it is for."
  type        = string
}

variable "handler" {
  description = "The Python function that is called."
  type        = string
}

variable "package" {
  description = "The uploaded zip."
  type        = object({ bucket = string, key = string, sha256 = string })
}

variable "settings" {
  description = "How every function of the deployment runs."
  type        = object({ architecture = string, runtime = string, log_days = number, tracing = bool })
}

variable "memory_mb" {
  type    = number
  default = 512
}

variable "timeout_seconds" {
  type    = number
  default = 30
}

variable "scratch_mb" {
  description = "Size of /tmp."
  type        = number
  default     = 512
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "json_logs" {
  description = "For functions that log by the standard library: let Lambda make JSON of it. Powertools does by itself."
  type        = bool
  default     = false
}

variable "statements" {
  description = "What the role may do: sid → actions and the resources they are for; and what it may not, whatever else it may."
  type        = map(object({ actions = list(string), resources = list(string), effect = optional(string, "Allow") }))
  default     = {}
}
