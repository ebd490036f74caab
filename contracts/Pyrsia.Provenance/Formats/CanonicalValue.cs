using System.Collections.Immutable;

namespace Pyrsia.Provenance.Formats;

/// <summary>
/// A value of the subset of RFC 8785 (JSON Canonicalization Scheme) that signed documents use here: objects, arrays, strings,
/// integers within plus or minus 2^53 - 1, and booleans. No fractions and no null.
/// </summary>
public abstract record CanonicalValue
{
    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => CanonicalJson.Write(this);

    /// <summary>A string.</summary>
    public static implicit operator CanonicalValue(string value) => new CanonicalString(value);

    /// <summary>An integer.</summary>
    public static implicit operator CanonicalValue(long value) => new CanonicalInteger(value);

    /// <summary>A boolean.</summary>
    public static implicit operator CanonicalValue(bool value) => new CanonicalBoolean(value);
}

/// <summary>A JSON string.</summary>
public sealed record CanonicalString(string Value) : CanonicalValue;

/// <summary>A JSON number without fraction.</summary>
public sealed record CanonicalInteger(long Value) : CanonicalValue;

/// <summary>A JSON boolean.</summary>
public sealed record CanonicalBoolean(bool Value) : CanonicalValue;

/// <summary>A JSON array.</summary>
public sealed record CanonicalArray(ImmutableArray<CanonicalValue> Items) : CanonicalValue
{
    /// <summary>An array of these items.</summary>
    public static CanonicalArray Of(IEnumerable<CanonicalValue> items) => new([.. items]);
}

/// <summary>A JSON object; members are written in the order of their names' UTF-16 code units.</summary>
public sealed record CanonicalObject(ImmutableSortedDictionary<string, CanonicalValue> Members) : CanonicalValue
{
    /// <summary>An object of these members; those without a value are left out.</summary>
    /// <exception cref="ArgumentException">A name stands twice.</exception>
    public static CanonicalObject Of(params IEnumerable<(string Name, CanonicalValue? Value)> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var sorted = ImmutableSortedDictionary.CreateBuilder<string, CanonicalValue>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            if (value is not null)
                sorted.Add(name, value);
        }

        return new CanonicalObject(sorted.ToImmutable());
    }
}
