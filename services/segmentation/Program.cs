using EventSegmentation.Segmentation;

try
{
    // Brings the database forward and ends; without the word, the service runs.
    if (args is ["migrate", .. var rest])
        await SegmentationHost.MigrateAsync(rest);
    else
        await SegmentationHost.Build(args).RunAsync();
    return 0;
}
catch (WrongSettingException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
