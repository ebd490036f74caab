using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Specifications;

/// <summary>What builds, and how it is called. Builders refuse goals and options that are not on their allow-list.</summary>
/// <param name="Name">The tool, such as <c>mvn</c>.</param>
/// <param name="Version">Its version, such as <c>3.8.7</c>; the builder image must have exactly it.</param>
/// <param name="Jdk">The JDK's major version; 0 where none is needed.</param>
/// <param name="Goals">What it is to do, in order.</param>
/// <param name="Options">How, in order.</param>
public sealed record BuildTool(string Name, string Version, int Jdk, ImmutableArray<string> Goals, ImmutableArray<string> Options)
{
    /// <summary>Most goals or options.</summary>
    public const int MaxWords = 64;

    private const int HighestJdk = 99;

    /// <inheritdoc/>
    public bool Equals(BuildTool? other) => other is not null && ToJson().ToBytes().AsSpan().SequenceEqual(other.ToJson().ToBytes());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Version, Jdk, Goals.Length, Options.Length);

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("name", Name), ("version", Version), ("jdk", (long)Jdk),
        ("goals", CanonicalArray.Of(Goals.Select(g => (CanonicalValue)g))), ("options", CanonicalArray.Of(Options.Select(o => (CanonicalValue)o)))]);

    internal static BuildTool Read(FieldReader reader) => new(
        BuildRequest.ReadName(reader, "name"), BuildRequest.ReadName(reader, "version"), (int)reader.Integer("jdk", 0, HighestJdk),
        ReadWords(reader, "goals"), ReadWords(reader, "options"));

    private static ImmutableArray<string> ReadWords(FieldReader reader, string name)
    {
        var words = reader.Strings(name, MaxWords, EntryLimits.MaxWordLength);
        return words.All(w => w.Length > 0 && w.All(c => c is > ' ' and < '\x7f')) ? words : throw reader.Wrong(name, "words of printable ASCII without spaces");
    }
}
