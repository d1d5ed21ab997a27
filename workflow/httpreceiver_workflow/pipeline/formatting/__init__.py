"""Values as text: letter case, .NET formats, encoders, HL7 values, and the placeholder language. Knows no exchange."""
