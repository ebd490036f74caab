using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Entries;

/// <summary>What a signed entry says: its DSSE payload, parsed.</summary>
public abstract record EntryBody
{
    /// <summary>What it is.</summary>
    public abstract EntryType Type { get; }

    /// <summary>The payload as canonical JSON.</summary>
    public abstract CanonicalObject ToJson();
}
