namespace Pyrsia.Node.Log;

/// <summary>The stored copy of the log is damaged, or what was to be added does not belong to it.</summary>
/// <param name="message">What is wrong, and where.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class LogStoreException(string message, Exception? inner = null) : IOException(message, inner);
