namespace Pyrsia.Contracts;

/// <summary>The media types of files in a Maven repository.</summary>
public static class MavenMediaTypes
{
    /// <summary>Poms and metadata.</summary>
    public const string Xml = "text/xml";

    /// <summary>Checksums and signatures.</summary>
    public const string Text = "text/plain";

    /// <summary>The media type of a file by its extension.</summary>
    public static string Of(string extension) => extension switch
    {
        "pom" or "xml" => Xml,
        "jar" or "war" or "ear" or "rar" or "aar" => "application/java-archive",
        "zip" => "application/zip",
        "tar.gz" or "tgz" => "application/gzip",
        "module" or "json" => "application/json",
        _ when extension == "asc" || extension.EndsWith(".asc", StringComparison.Ordinal) => Text,
        _ => MediaTypes.OctetStream,
    };
}
