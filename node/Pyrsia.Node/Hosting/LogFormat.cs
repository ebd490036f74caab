namespace Pyrsia.Node.Hosting;

/// <summary>How a program writes its log.</summary>
public enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>A JSON object a line, for programs: time, level, category, event, message and what the message was made of.</summary>
    Json,
}
