namespace Pyrsia.Content.Exchange;

/// <summary>A peer sent bytes that are provably not what was asked for.</summary>
internal sealed class WrongChunkException(string message) : IOException(message);
