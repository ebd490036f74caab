using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Pyrsia.Contracts;

/// <summary>The full name of an image: registry, repository, and a tag or a digest.</summary>
/// <remarks>
/// A first path component with a dot, a colon, or the word <c>localhost</c> is the registry; otherwise the registry is
/// docker.io, with <c>library/</c> before a repository of one component. Without tag and digest the tag is <c>latest</c>.
/// </remarks>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests"/>
public sealed partial record ImageReference
{
    /// <summary>The registry that a name without one means.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>Longest reference that is read, in characters: the repository's 255 of the specification, with room for registry, tag and digest.</summary>
    public const int MaxLength = 640;

    private const int MaxRepositoryLength = 255;

    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host of the registry, with port where it has one.</summary>
    public string Registry { get; }

    /// <summary>Path below the registry, such as <c>library/alpine</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null when only a digest is named.</summary>
    public string? Tag { get; }

    /// <summary>The digest; null when only a tag is named.</summary>
    public Digest? Digest { get; }

    /// <summary>Registry and repository, without tag or digest: what a mapping or a log entry is about.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>Reads what a person types after <c>docker pull</c>.</summary>
    /// <exception cref="FormatException">The text is no image reference; the message says where it goes wrong.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out var reference, out var error) ? reference : throw new FormatException(error);

    /// <summary>Reads what a person types after <c>docker pull</c>; on failure <paramref name="error"/> says why.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference, [NotNullWhen(false)] out string? error)
    {
        reference = null;
        error = null;
        if (string.IsNullOrEmpty(text)) return Fail("An image reference must not be empty.", out error);
        if (text.Length > MaxLength) return Fail($"An image reference has at most {MaxLength} characters.", out error);

        Digest? digest = null;
        var name = text;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!Contracts.Digest.TryParse(text[(at + 1)..], out var parsed)) return Fail($"'{text}': after @ must come sha256: and 64 lower-case hexadecimal digits.", out error);
            digest = parsed;
            name = text[..at];
        }

        string? tag = null;
        var colon = name.LastIndexOf(':');
        if (colon > name.LastIndexOf('/'))
        {
            tag = name[(colon + 1)..];
            name = name[..colon];
            if (!IsTag(tag)) return Fail($"'{text}': '{tag}' is no tag (letters, digits, '_', '.', '-', at most 128).", out error);
        }
        if (tag is null && digest is null) tag = "latest";
        return TryCreate(name, tag, digest, out reference, out error);
    }

    /// <summary>Makes a reference of a name as it stands in a registry route (<c>/v2/&lt;name&gt;/…</c>) and a tag or digest, under the same rules for the registry.</summary>
    /// <param name="name">Registry (optional) and repository.</param>
    /// <param name="reference">A tag, or a digest.</param>
    /// <param name="registry">The registry that the client named apart (query <c>ns</c>); null when it named none.</param>
    /// <param name="result">The reference.</param>
    /// <param name="error">Why not.</param>
    public static bool TryFromRoute(string name, string reference, string? registry, [NotNullWhen(true)] out ImageReference? result, [NotNullWhen(false)] out string? error)
    {
        result = null;
        Digest? digest = Contracts.Digest.TryParse(reference, out var parsed) ? parsed : null;
        if (digest is null && !IsTag(reference)) return Fail($"'{reference}' is neither a tag nor a sha256 digest.", out error);
        if (registry is null) return TryCreate(name, digest is null ? reference : null, digest, out result, out error);
        if (!RegistryPattern().IsMatch(registry)) return Fail($"'{registry}' is no registry host.", out error);
        return TryCreate($"{registry}/{name}", digest is null ? reference : null, digest, out result, out error, registryGiven: true);
    }

    /// <summary>The same name, pinned to a digest and without its tag.</summary>
    public ImageReference At(Digest digest) => new(Registry, Repository, null, digest);

    /// <summary>Whether the text is a tag by the grammar of the distribution specification.</summary>
    public static bool IsTag(string text) => TagPattern().IsMatch(text);

    /// <summary>The full form with registry and repository spelled out.</summary>
    public override string ToString() => Name + (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest : "");

    private static bool TryCreate(string name, string? tag, Digest? digest, [NotNullWhen(true)] out ImageReference? reference, [NotNullWhen(false)] out string? error, bool registryGiven = false)
    {
        reference = null;
        error = null;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        var hasRegistry = registryGiven || (slash > 0 && (first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost"));
        var registry = hasRegistry ? first : DefaultRegistry;
        var repository = hasRegistry ? name[(slash + 1)..] : name;
        if (registry is "index.docker.io" or "registry-1.docker.io") registry = DefaultRegistry;
        if (registry == DefaultRegistry && !repository.Contains('/', StringComparison.Ordinal)) repository = "library/" + repository;
        if (!RegistryPattern().IsMatch(registry)) return Fail($"'{registry}' is no registry host.", out error);
        if (repository.Length > MaxRepositoryLength || !RepositoryPattern().IsMatch(repository))
            return Fail($"'{repository}' is no repository name: lower-case letters and digits, joined by '.', '_', '__' or '-', components parted by '/'.", out error);
        reference = new ImageReference(registry, repository, tag, digest);
        return true;
    }

    private static bool Fail(string message, out string error)
    {
        error = message;
        return false;
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex RepositoryPattern();

    [GeneratedRegex(@"\A[a-zA-Z0-9]([a-zA-Z0-9.-]{0,250}[a-zA-Z0-9])?(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegistryPattern();
}
