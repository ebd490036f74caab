using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Specifications;

/// <summary>A file of an artifact, and where an image has it.</summary>
/// <param name="Output">The file, by its path in the ecosystem's layout.</param>
/// <param name="Path">Its path in the image, without a leading slash.</param>
/// <param name="IsExecutable">Whether anybody may run it (mode 0755, else 0644).</param>
public sealed record PlacedFile(string Output, string Path, bool IsExecutable)
{
    internal CanonicalObject ToJson() => CanonicalObject.Of([("output", Output), ("path", Path), ("executable", new CanonicalBoolean(IsExecutable))]);

    internal static PlacedFile Read(FieldReader reader)
    {
        var file = new PlacedFile(reader.String("output", EntryLimits.MaxCoordinateLength), reader.String("path", EntryLimits.MaxWordLength), reader.Has("executable") && reader.Boolean("executable"));
        if (!ArtifactOutput.IsName(file.Output)) throw reader.Wrong("output", "the path of a file, such as org/acme/app/1.0/app-1.0.jar");
        return ArtifactOutput.IsName(file.Path) ? file : throw reader.Wrong("path", "a relative path of printable ASCII");
    }
}

/// <summary>
/// How an image is put together from files of an artifact: on which base, where they go, and how it is run. Nothing is executed, so every builder that has base and files makes the same image.
/// What is null is as the base has it.
/// </summary>
/// <param name="Base">The base image in its full form; null for an image of these files alone.</param>
/// <param name="Files">The files, one at least.</param>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md"/>
public sealed record ImageAssembly(ImageReference? Base, ImmutableArray<PlacedFile> Files)
{
    /// <summary>Most files.</summary>
    public const int MaxFiles = BuildSpecification.MaxOutputs;

    /// <summary>Most words of the program's command line, and most variables.</summary>
    public const int MaxWords = 64;

    /// <summary>Program and arguments that are run; the base's own arguments are left out with it. Empty for what the base runs.</summary>
    public ImmutableArray<string> Entrypoint { get; init; } = [];

    /// <summary>Variables, each <c>NAME=VALUE</c>, beside the base's and in place of those of the same name.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>Who runs it: a user, with or without <c>:GROUP</c>, by name or number; null for what the base says.</summary>
    public string? User { get; init; }

    /// <summary>Where it runs, an absolute path; null for what the base says.</summary>
    public string? WorkingDirectory { get; init; }

    /// <inheritdoc/>
    public bool Equals(ImageAssembly? other) => other is not null && ToJson().ToBytes().AsSpan().SequenceEqual(other.ToJson().ToBytes());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Base, Files.Length);

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("base", Text(Base?.ToString())), ("files", CanonicalArray.Of(Files.Select(file => (CanonicalValue)file.ToJson()))), ("entrypoint", Words(Entrypoint)), ("environment", Words(Environment)),
        ("user", Text(User)), ("workingDirectory", Text(WorkingDirectory))]);

    internal static ImageAssembly Read(FieldReader reader)
    {
        var below = reader.Has("base") ? reader.String("base", EntryLimits.MaxCoordinateLength) : null;
        ImageReference? image = null;
        if (below is not null && (!ImageReference.TryParse(below, out image, out _) || image.ToString() != below)) throw reader.Wrong("base", "an image in its full form, such as docker.io/library/debian:12");
        var assembly = new ImageAssembly(image, reader.Array("files", MaxFiles, PlacedFile.Read))
        {
            Entrypoint = ReadWords(reader, "entrypoint"),
            Environment = ReadWords(reader, "environment"),
            User = reader.Has("user") ? reader.String("user", EntryLimits.MaxWordLength) : null,
            WorkingDirectory = reader.Has("workingDirectory") ? reader.String("workingDirectory", EntryLimits.MaxWordLength) : null,
        };
        if (assembly.Files.IsEmpty || assembly.Files.Select(file => file.Path).Distinct(StringComparer.Ordinal).Count() != assembly.Files.Length) throw reader.Wrong("files", "one at least, each at a path of its own");
        if (!assembly.Environment.All(IsVariable) || assembly.Environment.Select(NameOf).Distinct(StringComparer.Ordinal).Count() != assembly.Environment.Length)
            throw reader.Wrong("environment", "NAME=VALUE, each name once, of letters, digits and _");
        if (assembly.User is { } user && !(user.Length > 0 && user.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':'))) throw reader.Wrong("user", "a user, such as 1000 or app:app");
        if (assembly.WorkingDirectory is { } folder && !(folder == "/" || (folder.StartsWith('/') && ArtifactOutput.IsName(folder[1..])))) throw reader.Wrong("workingDirectory", "an absolute path of printable ASCII");
        return assembly;
    }

    /// <summary>The name of a variable.</summary>
    public static string NameOf(string variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return variable[..Math.Max(0, variable.IndexOf('=', StringComparison.Ordinal))];
    }

    private static bool IsVariable(string text) => NameOf(text) is { Length: > 0 } name && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static ImmutableArray<string> ReadWords(FieldReader reader, string name)
    {
        if (!reader.Has(name)) return [];
        var words = reader.Strings(name, MaxWords, EntryLimits.MaxWordLength);
        return words.All(word => !word.Any(char.IsControl)) ? words : throw reader.Wrong(name, "words without control characters");
    }

    private static CanonicalString? Text(string? text) => text is null ? null : new CanonicalString(text);

    private static CanonicalArray? Words(ImmutableArray<string> words) => words.IsEmpty ? null : CanonicalArray.Of(words.Select(word => (CanonicalValue)word));
}
