namespace Pyrsia.Provenance.Packages;

/// <summary>The kinds of package that the log knows. The one place that lists them.</summary>
public static class PackageNames
{
    /// <summary>Every kind. A text without a type's word is the first's that reads it.</summary>
    public static IReadOnlyList<IPackageNames> All { get; } = [new MavenNames(), new DockerNames(), new GenericNames()];

    /// <summary>The kind of that word; null when there is none.</summary>
    public static IPackageNames? Find(string type) => All.FirstOrDefault(names => names.Type == type);

    /// <summary>Takes a coordinate apart; null when it is none in its full form.</summary>
    public static (IPackageNames Names, string Name)? Split(string coordinate)
    {
        ArgumentNullException.ThrowIfNull(coordinate);
        var colon = coordinate.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || Find(coordinate[..colon]) is not { } names) return null;
        var name = coordinate[(colon + 1)..];
        return names.Parse(name) == name ? (names, name) : null;
    }

    /// <summary>The coordinate that a person's text means: one in its full form, or a name such as <c>org.acme:lib:1.0</c> or <c>alpine:3.16</c>; null when it means none.</summary>
    public static string? Parse(string text)
    {
        if (Split(text) is not null) return text;
        // Plain files have no form that is theirs alone, so they are named with their word.
        foreach (var names in All.Where(names => !names.IsServedPlain))
            if (names.Parse(text) is { } name) return $"{names.Type}:{name}";
        return null;
    }
}
