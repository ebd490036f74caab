namespace Pyrsia.Builds.Packages;

/// <summary>The kinds of package, each with both its halves. The one place that lists them.</summary>
public static class PackageTypes
{
    /// <summary>Every kind.</summary>
    public static IReadOnlyList<IPackageType> All { get; } = [new DockerPackageType(), new GenericPackageType(), new MavenPackageType()];

    /// <summary>The kinds that are built from source.</summary>
    public static IReadOnlyList<string> Built { get; } = [.. All.Where(type => type.IsBuilt).Select(type => type.Names.Type)];

    /// <summary>The kind of that word; null when there is none.</summary>
    public static IPackageType? Find(string type) => All.FirstOrDefault(known => known.Names.Type == type);
}
