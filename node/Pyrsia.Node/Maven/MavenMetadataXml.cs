using System.Globalization;
using System.Text;
using System.Xml;
using Pyrsia.Node.Log;

namespace Pyrsia.Node.Maven;

/// <summary>A plugin of a group: what <c>mvn PREFIX:goal</c> is short for.</summary>
/// <param name="Name">For people.</param>
/// <param name="Prefix">The short name.</param>
/// <param name="ArtifactId">The artifact.</param>
internal sealed record MavenPlugin(string Name, string Prefix, string ArtifactId);

/// <summary>Writes <c>maven-metadata.xml</c> from the log. The same log gives the same bytes.</summary>
/// <seealso href="https://maven.apache.org/ref/3.8.7/maven-repository-metadata/repository-metadata.html"/>
internal static class MavenMetadataXml
{
    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <summary>The metadata of a directory that is a group with plugins, an artifact with versions, or both.</summary>
    internal static byte[] OfDirectory(IReadOnlyList<MavenPlugin> plugins, IReadOnlyList<MavenLogVersion> versions) => Write(xml =>
    {
        if (versions.Count > 0)
        {
            var newest = versions[^1].Coordinates;
            xml.WriteElementString("groupId", newest.GroupId);
            xml.WriteElementString("artifactId", newest.ArtifactId);
            xml.WriteStartElement("versioning");
            xml.WriteElementString("latest", newest.Version);
            if (versions.LastOrDefault(v => !v.Coordinates.IsSnapshot) is { } release) xml.WriteElementString("release", release.Coordinates.Version);
            xml.WriteStartElement("versions");
            foreach (var version in versions) xml.WriteElementString("version", version.Coordinates.Version);
            xml.WriteEndElement();
            xml.WriteElementString("lastUpdated", Time(versions.Max(v => v.Time)));
            xml.WriteEndElement();
        }
        if (plugins.Count == 0) return;
        xml.WriteStartElement("plugins");
        foreach (var plugin in plugins)
        {
            xml.WriteStartElement("plugin");
            xml.WriteElementString("name", plugin.Name);
            xml.WriteElementString("prefix", plugin.Prefix);
            xml.WriteElementString("artifactId", plugin.ArtifactId);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    });

    /// <summary>The metadata of a snapshot: which build is its newest, file by file.</summary>
    internal static byte[] OfSnapshot(MavenLogVersion version) => Write(xml =>
    {
        var builds = version.Files.Where(file => file.Path.IsTimestamped).OrderBy(file => file.Path.Target, StringComparer.Ordinal).ToArray();
        xml.WriteElementString("groupId", version.Coordinates.GroupId);
        xml.WriteElementString("artifactId", version.Coordinates.ArtifactId);
        xml.WriteElementString("version", version.Coordinates.Version);
        xml.WriteStartElement("versioning");
        if (builds.MaxBy(file => MavenBuild.Of(file.Path)) is { } newest)
        {
            var build = MavenBuild.Of(newest.Path);
            xml.WriteStartElement("snapshot");
            xml.WriteElementString("timestamp", build.Timestamp);
            xml.WriteElementString("buildNumber", build.Number.ToString(CultureInfo.InvariantCulture));
            xml.WriteEndElement();
        }
        xml.WriteElementString("lastUpdated", Time(version.Time));
        if (builds.Length > 0)
        {
            xml.WriteStartElement("snapshotVersions");
            foreach (var file in builds)
            {
                xml.WriteStartElement("snapshotVersion");
                if (file.Path.Classifier.Length > 0) xml.WriteElementString("classifier", file.Path.Classifier);
                xml.WriteElementString("extension", file.Path.Extension);
                xml.WriteElementString("value", file.Path.FileVersion);
                xml.WriteElementString("updated", MavenBuild.Of(file.Path).Timestamp.Replace(".", "", StringComparison.Ordinal));
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    });

    private static byte[] Write(Action<XmlWriter> body)
    {
        using var bytes = new MemoryStream();
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Indent = true, NewLineChars = "\n" };
        using (var xml = XmlWriter.Create(bytes, settings))
        {
            xml.WriteStartElement("metadata");
            body(xml);
            xml.WriteEndElement();
        }
        return bytes.ToArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
