namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>A document of the builder, or evidence.</summary>
internal sealed record DocumentRow
{
    public required string Folder { get; init; }

    public required string Name { get; init; }

    public required byte[] Bytes { get; init; }
}
