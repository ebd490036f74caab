namespace Pyrsia.Provenance.Entries;

/// <summary>What a builder signs about a request. A builder says each thing once: type, request, attempt and builder are the entry's key.</summary>
/// <param name="Request">The request.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Builder">The builder's name.</param>
public abstract record BuilderEntry(RequestId Request, int Attempt, string Builder) : EntryBody;
