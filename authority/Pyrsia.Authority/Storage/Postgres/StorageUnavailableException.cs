namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>The database does not answer; it may later.</summary>
internal sealed class StorageUnavailableException(string message, Exception cause) : IOException(message, cause);
