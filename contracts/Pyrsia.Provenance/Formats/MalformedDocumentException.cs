namespace Pyrsia.Provenance.Formats;

/// <summary>A document lacks a field, has one too many, or one of the wrong shape. Never leaves a TryParse method.</summary>
internal sealed class MalformedDocumentException(string message) : Exception(message);
