namespace Pyrsia.Authority.Storage;

/// <summary>Where an authority keeps what it must not forget.</summary>
/// <param name="ConnectionString">The PostgreSQL database; null for files in the data directory.</param>
internal sealed record StorageOptions(string? ConnectionString);
